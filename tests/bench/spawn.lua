local n = 0
for i = 1, 300000 do
  local co = coroutine.create(function() n = n + 1 end)
  coroutine.resume(co)
end
print(n)
