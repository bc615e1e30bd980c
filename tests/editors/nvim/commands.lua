-- `:Blue`'s commands in a real Neovim, as the part of the story in which they are run: what each shows, asks and
-- says, and that what was begun can be stopped.

--- The steps; `tell` has what the story has by now and how it waits.
---@param tell table
return function(tell)
  local expect, wait_for = tell.expect, tell.wait_for

  --- What the server says of its work from now on: `begin`, `report`, `end`, by the title.
  local function progress()
    local said = {}
    vim.api.nvim_create_autocmd('LspProgress', {
      callback = function(event)
        local value = event.data.params.value
        table.insert(said, ('%s %s %s'):format(value.kind, value.title or '', value.message or ''))
      end,
    })
    return said
  end

  local function has(said, words)
    return vim.iter(said):any(function(line)
      return line:find(words, 1, true) ~= nil
    end)
  end

  local function check()
    local said, work = tell.listen(), progress()
    vim.cmd('Blue check')
    tell.wait_for_words(said, 'aperture: ')
    wait_for('the end of its progress', function()
      return has(work, 'end ')
    end)
    expect(has(work, 'begin Blue: check aperture'), vim.inspect(work))
    expect(has(work, 'reading what is on disk'), vim.inspect(work))
  end

  local function refresh()
    local said = tell.listen()
    vim.cmd('Blue refresh')
    tell.wait_for_words(said, 'letemcook is up to date')
  end

  --- The window with the drawing, and the text in it.
  local function drawing()
    local bufnr = vim.fn.bufnr('^blue://drawing$')
    if bufnr ~= -1 and vim.fn.bufwinid(bufnr) ~= -1 then
      return bufnr, table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), '\n')
    end
  end

  local function graph()
    local said, windows = tell.listen(), #vim.api.nvim_list_wins()
    vim.cmd('Blue graph')
    tell.wait_for_words(said, 'letemcook: 1 contract between 2 repos')
    local bufnr, text = drawing()
    expect(bufnr, 'no window shows a drawing')
    expect(text .. '\n' == tell.system({ 'blue', '-C', tell.world() .. '/aperture', 'realm', 'graph' }), text)
    expect(not vim.bo[bufnr].modifiable, 'it can be typed in')
    -- Again: the same window.
    vim.cmd('Blue graph')
    tell.wait_for_words(tell.listen(), 'letemcook: 1 contract')
    expect(#vim.api.nvim_list_wins() == windows + 1, 'a second window was opened')
    -- The cursor is in it, and what is asked for is about the file that it came from.
    expect(vim.api.nvim_get_current_buf() == bufnr, 'the cursor is elsewhere')
    vim.cmd('Blue check')
    tell.wait_for_words(tell.listen(), 'aperture: ')
    vim.api.nvim_feedkeys('q', 'xt', false)
    wait_for('the window to close', function()
      return not drawing()
    end)
  end

  local function contract()
    local back = vim.api.nvim_get_current_buf()
    tell.act('Open s3-permissions')
    wait_for('the contract', function()
      return vim.api.nvim_buf_get_name(0):match('/contracts/s3%-permissions%.yaml$')
    end)
    vim.cmd.buffer(back)
  end

  local function worktree()
    local said = tell.listen()
    local made = tell.world() .. '/fungal-image-analysis/.worktrees/feat-previews'
    -- Put away first: nothing is made.
    local asked = tell.answering('Make nothing', function()
      vim.cmd('Blue worktree previews')
    end)
    expect(asked:find('Make worktrees for a change across s3-access?', 1, true), asked)
    tell.wait_for_words(said, 'you did not want the worktrees')
    expect(not vim.uv.fs_stat(made), 'it was made')
    tell.answering('Make them', function()
      vim.cmd('Blue worktree previews')
    end)
    tell.wait_for_words(said, 'Open them beside each other')
    expect(vim.uv.fs_stat(made .. '/infra/stack.py'), 'it is not there')
    local list = tell.system({ 'blue', '-C', tell.world() .. '/aperture', 'realm', 'worktree', 'list' })
    expect(list:find('previews', 1, true), list)
  end

  return {
    { ':Blue check says how the repo stands', check },
    { ':Blue refresh fetches the realm', refresh },
    { ':Blue graph is shown in a window of its own', graph },
    { 'a code action opens the contract', contract },
    { ':Blue worktree makes what was agreed to', worktree },
  }
end
