-- `:checkhealth blue`: why Blue does or does not speak, from the editor's side. What lies behind the
-- server (git, credentials, the realm's remote) is for `blue doctor` to say.

local root = require('blue.root')

local M = {}

local function check_neovim()
  vim.health.start('blue: Neovim')
  if vim.fn.has('nvim-0.11') == 0 then
    vim.health.error('Neovim 0.11 or later is needed, this is ' .. tostring(vim.version()))
    return false
  end
  vim.health.ok('Neovim ' .. tostring(vim.version()))
  -- `is_enabled` came after 0.11.0; before it there is nothing public to ask.
  if vim.lsp.is_enabled and not vim.lsp.is_enabled('blue') then
    vim.health.warn('Blue is not enabled', "Add this to your configuration: vim.lsp.enable('blue')")
  end
  return true
end

local function check_binary()
  vim.health.start('blue: the command')
  local cmd = vim.lsp.config.blue and vim.lsp.config.blue.cmd
  if type(cmd) ~= 'table' then
    vim.health.info('The server is started by a function of your configuration')
    return
  end
  local path = vim.fn.exepath(cmd[1])
  if path == '' then
    vim.health.error(('`%s` is not found'):format(cmd[1]), {
      'Install Blue, or put the folder that holds it on the PATH that Neovim was started with.',
      "Or name it: vim.lsp.config('blue', { cmd = { '/path/to/blue', 'lsp' } })",
    })
    return
  end
  local started, result = pcall(function()
    return vim.system({ path, '--version' }, { text = true, timeout = 5000 }):wait()
  end)
  if not started or result.code ~= 0 then
    local reason = started and vim.trim(result.stderr or '') or tostring(result)
    vim.health.error(('`%s --version` failed: %s'):format(path, reason))
    return
  end
  vim.health.ok(('%s (%s)'):format(vim.trim(result.stdout), path))
end

--- Says which of the files that make Blue speak are in the folder.
---@param dir string
local function check_root(dir)
  local found = false
  if root.is_repo(dir) then
    vim.health.ok(('%s takes part in a realm: %s'):format(dir, root.repo_config))
    found = true
  end
  if root.is_realm(dir) then
    vim.health.ok(('%s is a realm: %s'):format(dir, root.realm_file))
    found = true
  end
  if not found then
    vim.health.info(('%s has neither %s nor %s: Blue is silent here. `blue realm admin join` takes part in a realm.')
      :format(dir, root.repo_config, root.realm_file))
  end
end

local function check_clients()
  vim.health.start('blue: servers and roots')
  local clients = vim.lsp.get_clients({ name = 'blue' })
  if #clients == 0 then
    vim.health.info('No server runs. It starts with the first Python, TypeScript, JavaScript or YAML file of a repo.')
    local here = root.of_dir(assert(vim.uv.cwd()))
    if here then
      check_root(here)
    else
      vim.health.info('The working directory is in no repo and no realm')
    end
    return
  end
  for _, client in ipairs(clients) do
    local buffers = #vim.tbl_keys(client.attached_buffers)
    vim.health.ok(('Server %d runs, attached to %d buffer%s'):format(client.id, buffers, buffers == 1 and '' or 's'))
    for _, folder in ipairs(client.workspace_folders or {}) do
      check_root(vim.uri_to_fname(folder.uri))
    end
  end
end

function M.check()
  if not check_neovim() then
    return
  end
  check_binary()
  check_clients()
end

return M
