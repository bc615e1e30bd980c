-- Which folder a file belongs to: the repo that takes part in a realm, the realm, or the git checkout.
-- One place for it, because starting the server and `:checkhealth blue` must not disagree.

local M = {}

--- A repo's configuration and a realm's description, relative to their root.
M.repo_config = '.blue/config.yaml'
M.realm_file = 'realm.yaml'

---@param path string
local function exists(path)
  return vim.uv.fs_stat(path) ~= nil
end

--- The user's own folder has a `config.yaml` too: those are settings, not a repo's.
---@param dir string
local function is_user_home(dir)
  local own = vim.env.BLUE_HOME or vim.fs.joinpath(vim.uv.os_homedir() or '~', '.blue')
  local asked = vim.uv.fs_realpath(vim.fs.joinpath(dir, '.blue'))
  return asked ~= nil and asked == vim.uv.fs_realpath(own)
end

--- Whether `dir` is the root of a repo that takes part in a realm.
---@param dir string
function M.is_repo(dir)
  return exists(vim.fs.joinpath(dir, M.repo_config)) and not is_user_home(dir)
end

--- Whether `dir` is the root of a realm's checkout.
---@param dir string
function M.is_realm(dir)
  return exists(vim.fs.joinpath(dir, M.realm_file))
end

--- In a worktree or a submodule `.git` is a file.
---@param dir string
local function is_checkout(dir)
  return exists(vim.fs.joinpath(dir, '.git'))
end

--- The nearest folder that `test` accepts: `dir` itself or one above it.
---@param dir string
---@param test fun(dir: string): boolean
---@return string?
local function nearest(dir, test)
  if test(dir) then
    return dir
  end
  for parent in vim.fs.parents(dir) do
    if test(parent) then
      return parent
    end
  end
end

--- The root that the folder `dir` belongs to. Nil: none, and Blue has nothing to say there.
---@param dir string
---@return string?
function M.of_dir(dir)
  local in_realm = function(candidate)
    return M.is_repo(candidate) or M.is_realm(candidate)
  end
  return nearest(dir, in_realm) or nearest(dir, is_checkout)
end

--- The root of a buffer's file; of the working directory for a buffer without a name. Nil also for
--- what is no file on disk (`oil://…`, `fugitive://…`).
---@param bufnr integer
---@return string?
function M.of_buffer(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  if name:match('^%a[%w+.-]+://') then
    return nil
  end
  local dir = name == '' and vim.uv.cwd() or vim.fs.dirname(vim.fs.normalize(name))
  return dir and M.of_dir(dir)
end

return M
