"""Apple Wallet: building and signing passes, the web service that phones talk to, and the pushes that wake them."""
