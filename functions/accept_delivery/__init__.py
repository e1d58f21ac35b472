"""Takes in what AWS has delivered: see ``crossfoot.usecases.accept_delivery``."""
