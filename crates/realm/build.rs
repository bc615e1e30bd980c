//! Names what files of a realm are read by: this crate, those that it reads with, and all versions it is built
//! with.

#[path = "../made_by.rs"]
mod made_by;

fn main() {
    made_by::tell(&[
        "build.rs",
        "../made_by.rs",
        "src",
        "../compat/src",
        "../pattern/src",
        "../text/src",
        "../../Cargo.lock",
    ]);
}
