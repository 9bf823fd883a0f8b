"""The database: the embedded server, pools, roles and row security, migrations, the job queue, backup and restore.

It promises that a process reaches only the rows its role and its merchant allow, and that nothing which was
acknowledged depends on `fsync` being lucky. It never knows what a card or a voucher is.
"""
