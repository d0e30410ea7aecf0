"""People in the loop: which pins to ask about, the queue that hands them out, what the answers say."""
