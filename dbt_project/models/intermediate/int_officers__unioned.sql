{{ union_published('officers', {
    'jurisdiction': 'varchar',
    'officer_key': 'varchar',
    'hired_year': 'integer',
    'source_table': 'varchar',
}) }}
