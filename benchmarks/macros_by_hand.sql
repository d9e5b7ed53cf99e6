-- How the demo city writes: blanks, days, moments, words.

create macro typed(cell) as nullif(trim(cell), '');
create macro squeezed(cell) as nullif(lower(trim(regexp_replace(cell, '\s+', ' ', 'g'))), '');
create macro as_of() as date '2026-10-31';
create macro believed(day) as if(day between date '1900-01-02' and as_of(), day, null);
create macro us_day(cell) as believed(cast(try_strptime(trim(cell), '%m/%d/%Y') as date));
create macro iso_day(cell) as believed(try_cast(trim(cell) as date));
create macro moment(cell) as
    if(try_cast(cell as timestamp) >= timestamp '1900-01-02', try_cast(cell as timestamp), null);
create macro is_pending(status) as status in ('open', 'reopened', 'tolled');
create macro public_id(feed, local) as left(md5('larkhaven|larkhaven.' || feed || '|' || local), 16);
create macro seed(name) as table
    from read_csv(getvariable('seeds') || '/' || name || '.csv', all_varchar = true, header = true);
