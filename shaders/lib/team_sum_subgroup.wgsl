// Adds up what the lanes of the only team have: inside each subgroup without memory, then over the subgroups; lane 0 gets the sums.

struct Lane {
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(subgroup_invocation_id) in_subgroup: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
}

var<workgroup> partial: array<array<f32, SUMS>, LANES>;

fn team_sum(sums: ptr<function, array<f32, SUMS>>, at: Lane) {
    for (var sum = 0u; sum < SUMS; sum++) {
        (*sums)[sum] = subgroupAdd((*sums)[sum]);
    }
    if at.in_subgroup == 0u {
        partial[at.subgroup] = *sums;
    }
    workgroupBarrier();
    if at.local.x == 0u {
        *sums = partial[0];
        for (var other = 1u; other < at.subgroups; other++) {
            for (var sum = 0u; sum < SUMS; sum++) {
                (*sums)[sum] += partial[other][sum];
            }
        }
    }
}
