/** For the module path; on a class path it is ignored. */
module com.example.plain {
  requires io.fovea;
}
