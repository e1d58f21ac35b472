"""Nowcasts the months that AWS has not published: see ``crossfoot.usecases.nowcast_months``."""
