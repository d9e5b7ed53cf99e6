{{ union_published('bwc_audits', {
    'jurisdiction': 'varchar',
    'bwc_audit_local_id': 'varchar',
    'supervisor_key': 'varchar',
    'audit_month': 'date',
    'audits_due_count': 'integer',
    'audits_done_count': 'integer',
    'audit_sample_local': 'varchar',
    'source_table': 'varchar',
}) }}
