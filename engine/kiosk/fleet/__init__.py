"""A kiosk among others: what a broker, Home Assistant and Prometheus see of it and may ask of it."""
