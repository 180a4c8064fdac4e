SET LOCAL lock_timeout = '5s';

-- Reminders wait and have rank 3, what facts caused has left: taken each for itself, state and rank promise that half of all messages
-- wait and were caused by facts, and what asks for those few would read all. Costs nothing when messages are written.
CREATE STATISTICS messages_state_of_rank (dependencies, mcv) ON state, rank FROM messages;
