//! Names what summaries are made by: this crate, the queries and all versions it is built with.

#[path = "../made_by.rs"]
mod made_by;

fn main() {
    made_by::tell(&[
        "build.rs",
        "../made_by.rs",
        "src",
        "../text/src",
        "../../queries",
        "../../Cargo.lock",
    ]);
}
