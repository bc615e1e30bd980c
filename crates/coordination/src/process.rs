//! Whether a process is still there.

/// Whether a process of this id is running on this machine, whoever owns it. An id that cannot be one is not.
/// Where the system cannot be asked (other systems than Unix), every process counts as running, and silence
/// alone tells.
#[must_use]
pub fn is_running(pid: u32) -> bool {
    #[cfg(unix)]
    {
        let pid = i32::try_from(pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let Some(pid) = pid else { return false };
        match rustix::process::test_kill_process(pid) {
            Ok(()) => true,
            // It is there, and belongs to another user.
            Err(error) => error == rustix::io::Errno::PERM,
        }
    }
    #[cfg(not(unix))]
    {
        pid != 0
    }
}

#[cfg(test)]
mod tests {
    use super::is_running;

    #[test]
    fn a_process_that_has_ended_is_not_running() {
        assert!(is_running(std::process::id()));
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        let pid = ended.id();
        ended.wait().unwrap();
        assert!(!is_running(pid));
        assert!(!is_running(0));
        assert!(!is_running(u32::MAX));
    }
}
