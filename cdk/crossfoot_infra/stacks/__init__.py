"""One stack a file: what is deployed and removed together."""
