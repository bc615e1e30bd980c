//! The demo's world with its realm behind http: whoever takes part knows it by its address alone.

use crate::http::Server;
use crate::running::Running;
use crate::world::World;

pub(crate) const APERTURE: &str = "aperture";
pub(crate) const FUNGAL: &str = "fungal-image-analysis";

pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) server: Server,
}

impl Served {
    pub(crate) fn make() -> Served {
        let world = World::make();
        let server = Server::start(&world.path(""));
        let served = Served { world, server };
        for repo in [APERTURE, FUNGAL] {
            served.knows(repo);
        }
        served
    }

    /// A repository's config names the address.
    pub(crate) fn knows(&self, repo: &str) {
        let url = self.server.url("realm-letemcook.git");
        let config = format!("realm:\n  name: letemcook\n  url: {url}\nrepo: {repo}\n");
        self.world
            .write(&format!("{repo}/.blue/config.yaml"), &config);
    }

    /// aperture's jobs write one more object, and that is committed.
    pub(crate) fn with_a_change() -> Served {
        let served = Served::make();
        served.world.edit(
            "aperture/jobs/segment.py",
            "     write_json(f\"{JOBS}/{job_id}/out.json\", {\"tiles\": len(manifest[\"tiles\"])})\n\
             +    write_json(f\"{JOBS}/{job_id}/report.json\", {\"plate\": plate})\n",
        );
        served.ok("git -C aperture commit -qam report");
        served
    }

    /// What a command says that has to work.
    pub(crate) fn ok(&self, command: &str) -> String {
        let (said, exit) = self.run(command);
        assert_eq!(exit, 0, "{command}\n{said}");
        said
    }

    pub(crate) fn run(&self, command: &str) -> (String, i32) {
        self.world.run(&words(command))
    }

    pub(crate) fn start(&self, command: &str) -> Running {
        Running::start(self.world.command(&words(command)))
    }

    /// The branches of the realm, `main` among them.
    pub(crate) fn branches(&self) -> Vec<String> {
        let said = self.ok("git -C realm-letemcook.git branch --format %(refname:short)");
        said.lines().map(str::to_owned).collect()
    }

    /// A file of the realm as it is on a branch.
    pub(crate) fn file(&self, branch: &str, path: &str) -> String {
        self.ok(&format!("git -C realm-letemcook.git show {branch}:{path}"))
    }
}

fn words(command: &str) -> Vec<&str> {
    command.split(' ').collect()
}
