local echo = coroutine.wrap(function(v)
  while true do v = coroutine.yield(v + 1) end
end)
local v = 0
for i = 1, 1000000 do v = echo(v) end
print(v)
