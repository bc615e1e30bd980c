//! A command that is under way: what it says is waited for, line by line, and nothing is waited for by time.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
}

/// How it ended, and all that it said.
pub(crate) struct Over {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Over {
    /// What it said on stdout, if it ended with this code.
    #[track_caller]
    pub(crate) fn exited(self, code: i32) -> String {
        let said = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.status.code(), Some(code), "{said}");
        self.stdout
    }
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Running {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stderr = child.stderr.take().expect("it is piped");
        Running {
            child,
            stderr: BufReader::new(stderr),
            told: String::new(),
        }
    }

    /// Waits until it says so on stderr.
    pub(crate) fn until(&mut self, words: &str) {
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).expect("it can be heard");
            self.told.push_str(&line);
            if line.contains(words) {
                return;
            }
            assert_ne!(read, 0, "it never said {words:?}:\n{}", self.told);
        }
    }

    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        let pid = i32::try_from(self.child.id()).expect("a process");
        let pid = rustix::process::Pid::from_raw(pid).expect("a process");
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is there");
    }

    /// Ends it at once, wherever it is.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is there");
        self.child.wait().expect("it ends");
    }

    /// Waits until it ends by itself.
    pub(crate) fn over(mut self) -> Over {
        let mut stdout = String::new();
        let mut pipe = self.child.stdout.take().expect("it is piped");
        pipe.read_to_string(&mut stdout).expect("it can be heard");
        self.stderr
            .read_to_string(&mut self.told)
            .expect("it can be heard");
        Over {
            status: self.child.wait().expect("it ends"),
            stdout,
            stderr: self.told.clone(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind; one that is over has nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
