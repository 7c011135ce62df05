"""Who must be told, and how: endpoints, subscriptions, deliveries (`data-api §12`)."""
