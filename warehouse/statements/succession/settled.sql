-- the ledger's word on segments: what it holds of each as loaded
select segment, sha256_prefix from ops.segments where kind = $kind and status = 'loaded'
