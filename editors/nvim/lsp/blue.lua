-- How Neovim starts and finds Blue's server; read by `vim.lsp.enable('blue')`.
-- All that is shown comes from the server: there is nothing to configure here but where it runs.

local root = require('blue.root')
local commands = require('blue.commands')
local status = require('blue.status')

commands.create()

--- Whether a running server can take in a further folder while it runs.
---@param client vim.lsp.Client
local function takes_folders(client)
  local folders = vim.tbl_get(client, 'server_capabilities', 'workspace', 'workspaceFolders') or {}
  -- changeNotifications is a boolean, or the id to unregister by, which means yes.
  return folders.supported and folders.changeNotifications and true or false
end

---@type vim.lsp.Config
return {
  cmd = { 'blue', 'lsp' },
  filetypes = {
    'python',
    'typescript',
    'typescriptreact',
    'javascript',
    'javascriptreact',
    'yaml',
  },

  -- Not `root_markers`: Neovim would take the folder that holds `config.yaml`, which is `.blue`
  -- itself, and the user's own `~/.blue` for a repo.
  root_dir = function(bufnr, on_dir)
    local dir = root.of_buffer(bufnr)
    if dir then
      on_dir(dir)
    end
  end,

  -- With answers, a notification would be a question that has to be answered before one types on.
  settings = { blue = { notifications = 'plain' } },

  capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), {
    experimental = { blue = { save = true, status = true, drawings = 'text' } },
  }),

  handlers = {
    ['blue/save'] = function(_, params)
      return commands.save(params.uris)
    end,
    ['blue/showDrawing'] = function(_, params)
      return commands.show_drawing(params)
    end,
    ['blue/statusChanged'] = function(_, _, context)
      status.changed(context.client_id)
    end,
  },

  on_exit = status.ended,

  -- Outside of every repo and realm there is nothing that Blue could say.
  workspace_required = true,

  -- One server for an exporter, its importers and their realm, so that an unsaved edit in one shows
  -- in the others. The folder is told here because the server has to know it before the file opens.
  reuse_client = function(client, config)
    if client.name ~= config.name or client:is_stopped() or not config.root_dir then
      return false
    end
    for _, folder in ipairs(client.workspace_folders or {}) do
      if folder.name == config.root_dir then
        return true
      end
    end
    if not takes_folders(client) then
      return false
    end
    local folder = { uri = vim.uri_from_fname(config.root_dir), name = config.root_dir }
    client:notify('workspace/didChangeWorkspaceFolders', { event = { added = { folder }, removed = {} } })
    client.workspace_folders = vim.list_extend(client.workspace_folders or {}, { folder })
    return true
  end,
}
