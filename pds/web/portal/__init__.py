"""The person's pages: home, data, consents, disclosures, export."""
