# Fails if kernels compiled for ISA export a weak symbol outside their own namespace: the linker
# keeps one copy of such a function, and the portable path might then run AVX-512 code.
#   cmake -DNM=... -DISA=avx2 "-DOBJECTS=a.o;b.o" -P isa_symbols.cmake
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL " [WVu] [^\n]+" weak "${symbols}")
  list(FILTER weak EXCLUDE REGEX "fovea3cpu[0-9]+${ISA}|DW\\.ref\\.__gxx_personality")
  if(weak)
    message(SEND_ERROR "${object}: weak symbols outside fovea::cpu::${ISA}: ${weak}")
  endif()
endforeach()
message("1 passed, 0 failed, 0 absent")
