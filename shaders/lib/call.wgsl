// What changes from one pass over tokens to the next.

struct Call {
    tokens: u32,        // rows of the hidden state in use
    row: u32,           // the row whose scores are wanted when one row is scored
    splits: u32,        // parts into which the context is split for attention
    split_pages: u32,   // pages in such a part
    masked: u32,        // 1 when only allowed tokens may be chosen
    turn: u32,          // positions by which keys are turned back
}
