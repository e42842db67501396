local square = {}; square.__index = square
function square:area(k) return self.side * self.side + k end
local rect = {}; rect.__index = rect
function rect:area(k) return self.w * self.h + k end
local counter = {}; counter.__index = counter
function counter:add(k) self.n = self.n + k end
local function adder(step)
  local total = 0
  return function(x)
    total = total + step
    return total + x
  end
end
local c = setmetatable({n = 0}, counter)
for i = 0, 5999999 do c:add(i % 4) end
local shapes = {[0] = setmetatable({side = 3}, square), setmetatable({w = 2, h = 5}, rect)}
local sum = 0
for i = 0, 5999999 do sum = sum + shapes[i % 2]:area(i) end
local f = adder(2)
for i = 0, 5999999 do sum = sum + f(i) end
print(c.n, string.format("%d", sum))
