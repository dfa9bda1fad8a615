"""Ways to run services and apps; today: as processes of this machine."""
