// Adds up what the lanes of each team have, in workgroup memory; lane 0 gets the sums.

struct Lane {
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
}

var<workgroup> partial: array<array<f32, SUMS>, LANES * TEAMS>;

fn team_sum(sums: ptr<function, array<f32, SUMS>>, at: Lane) {
    if LANES == 1u {
        return;
    }
    let lane = at.local.x;
    let own = at.local.y * LANES + lane;
    partial[own] = *sums;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            for (var sum = 0u; sum < SUMS; sum++) {
                partial[own][sum] += partial[own + half][sum];
            }
        }
    }
    *sums = partial[own];
}
