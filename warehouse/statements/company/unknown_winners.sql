-- the winner of a conflict may be another company's
alter table ops.conflicts alter winner_received_at drop not null;
alter table ops.conflicts alter winner_segment drop not null;
