"""The search for leaks between tenants: every way in that we know is tried, and each try is a probe. See `__main__`."""
