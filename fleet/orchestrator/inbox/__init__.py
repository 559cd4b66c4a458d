"""From one unhandled mail to one draft in the queue: stop conditions first, a person last."""
