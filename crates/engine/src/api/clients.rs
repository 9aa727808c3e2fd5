//! Programs that are not ours: who they are and what they read.

use afterimage_domain::Client;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A client, and how much it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClientUse {
    /// The client.
    pub client: Client,
    /// Items it was handed since midnight UTC.
    pub items_today: u32,
    /// Items it may still be handed now.
    pub items_left: u32,
}
