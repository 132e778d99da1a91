"""What people say and press in chats, and what is done for it."""
