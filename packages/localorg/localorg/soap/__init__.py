"""SOAP API: sign-in by user and password, and the few calls that no other API has."""
