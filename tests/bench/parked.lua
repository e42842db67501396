local cos, sum = {}, 0
for i = 1, 100000 do
  local co = coroutine.create(function() coroutine.yield(); return 1 end)
  coroutine.resume(co)
  cos[i] = co
end
for i = 1, #cos do
  local _, v = coroutine.resume(cos[i])
  sum = sum + v
end
print(sum)
