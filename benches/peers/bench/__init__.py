"""The driver of `table.py`: who contends, what is asked, who answers, and the table."""
