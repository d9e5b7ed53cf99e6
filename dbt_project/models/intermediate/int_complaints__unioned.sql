{{ union_published('complaints', {
    'jurisdiction': 'varchar',
    'complaint_id': 'varchar',
    'incident_date': 'date',
    'received_date': 'date',
    'investigation_closed_date': 'date',
    'district': 'varchar',
    'category_local': 'varchar',
    'status_local': 'varchar',
    'outcome_local': 'varchar',
    'intake_channel': 'varchar',
    'source_table': 'varchar',
    'source_priority': 'integer',
}) }}
