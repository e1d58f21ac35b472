"""The QuickSight dashboard as code: what each sheet shows, in QuickSight's own words."""
