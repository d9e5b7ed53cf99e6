{{ union_published('hearings', {
    'jurisdiction': 'varchar',
    'hearing_id': 'varchar',
    'body_name': 'varchar',
    'starts_at': 'timestamp',
    'location': 'varchar',
    'status_local': 'varchar',
    'agenda_published_at': 'timestamp',
    'minutes_published_at': 'timestamp',
    'minutes_status_local': 'varchar',
    'source_url': 'varchar',
    'source_table': 'varchar',
}) }}
