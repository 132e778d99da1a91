"""What makes a walk durable: DBOS keeps where each is, and starts it again after a crash; nobody else knows of DBOS."""
