-- The same interface as `files_by_hand.sql` gives, over the text of the warehouse `raw`, where rows
-- were already accounted for, and repeated and withheld ones left out.

create view landed_complaints as from raw.raw_larkhaven.complaints;
create view landed_allegations as
select complaint_id, badge, allegation, finding, discipline, _row_hash as content,
    _row_ordinal as copy
from raw.raw_larkhaven.allegations;
create view landed_bwc_reviews as from raw.raw_larkhaven.bwc_reviews;
create view landed_hearings as from raw.raw_larkhaven.hearings;
create view landed_hearing_items as from raw.raw_larkhaven.hearing_items;
create view landed_roll_calls as from raw.raw_larkhaven.roll_calls;
create view landed_cops_awards as
select *, recipient_location ->> '$.state_code' as state_code,
    recipient_location ->> '$.city_name' as city_name
from raw.raw_larkhaven.cops_awards;
create view landed_bwc_audits as from raw.raw_larkhaven.bwc_audits;
create view landed_cops_transactions as from raw.raw_larkhaven.cops_transactions;
create view landed_cops_positions as from raw.raw_larkhaven.cops_positions;
create view landed_discipline as from raw.raw_larkhaven.discipline;
create view landed_officers as from raw.raw_larkhaven.officers;
create view register as from raw.pipeline.metrics;
create view holidays as from raw.pipeline.holidays where state = 'CA';
