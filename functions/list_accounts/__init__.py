"""Lists the accounts to collect from: see ``crossfoot.usecases.list_accounts``."""
