local words = {}
for i = 0, 19999 do words[i] = "word" .. (i * 7919 % 100003) end
local count, x, n = {}, 42, 0
for i = 1, 3000000 do
  x = x * 16807 % 2147483647
  local w = words[x % 20000]
  local c = count[w]
  if c then count[w] = c + 1 else count[w] = 1; n = n + 1 end
end
local best = 0
for i = 0, 19999 do
  local c = count[words[i]] or 0
  if c > best then best = c end
end
print(n, best)
