// The product of a group of plain numbers with a group of the input.

fn dot_group(group: u32, input: Group) -> f32 {
    return dot_half(unpack(group, 0u), input.first) + dot_half(unpack(group, 1u), input.last);
}
