//! Blue's log: on stderr, as much of it as BLUE_LOG says (`debug`, `blue_server=trace`).

use tracing_subscriber::EnvFilter;

/// Starts it, with `usual` where BLUE_LOG says nothing.
pub(crate) fn start(usual: &str) {
    // The database of derived facts tells of each of its thousands of queries.
    let usual = || EnvFilter::new(format!("{usual},salsa=warn"));
    let filter = EnvFilter::try_from_env("BLUE_LOG").unwrap_or_else(|_| usual());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
