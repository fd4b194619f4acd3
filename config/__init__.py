"""The composition root: settings, addresses, and what stands around every request. Nothing imports it."""
