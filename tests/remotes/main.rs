//! The real command and realms that are served over http: what is waited for, what is interrupted, and what happens to
//! realms on disks and networks that fail.

mod admit;
mod behind;
#[path = "../../crates/blue/src/demo/edit.rs"]
mod edit;
mod http;
#[cfg(unix)]
mod interrupted;
mod running;
mod served;
#[cfg(unix)]
mod trouble;
mod wait;
#[path = "../story/world.rs"]
mod world;
