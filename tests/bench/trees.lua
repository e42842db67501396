local function build(d)
  if d == 0 then return {} end
  return {build(d - 1), build(d - 1)}
end
local function check(n)
  if not n[1] then return 1 end
  return 1 + check(n[1]) + check(n[2])
end
local max = 14
print(string.format("stretch tree of depth %d\t check: %d", max + 1, check(build(max + 1))))
local long = build(max)
for d = 4, max, 4 do
  local n, c = 2 ^ (max - d + 4), 0
  for i = 1, n do c = c + check(build(d)) end
  print(string.format("%d\t trees of depth %d\t check: %d", n, d, c))
end
print(string.format("long lived tree of depth %d\t check: %d", max, check(long)))
