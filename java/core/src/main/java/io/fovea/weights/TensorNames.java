package io.fovea.weights;

import io.fovea.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The published names of a checkpoint's tensors, without what training programs put around them:
 * {@code module.} of data parallelism, {@code _orig_mod.} of a compiled model, {@code
 * base_model.model.} of PEFT, {@code state_dict.} and {@code model.} of a program's own classes,
 * alone or one in another.
 *
 * @param published by stored name, in the order given
 * @param notes what was left out of the names, for people
 */
public record TensorNames(Map<String, String> published, List<String> notes) {
  /** Tensors of every model of the family, by which a prefix is found. */
  private static final List<String> ANCHORS =
      List.of("model.embed_tokens.weight", "model.vision.boi");

  /** Marks of wrapped submodules, which stand in the middle of names too. */
  private static final Pattern INNER =
      Pattern.compile("(?<![^.])(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\\.");

  private static final Pattern PREFIX =
      Pattern.compile(
          "(?:(?:module|base_model|model|state_dict|model_state_dict|_forward_module)\\.)+");

  /** What PEFT's adapters call their tensors, and the weights that they stand beside. */
  private static final Pattern ADAPTER =
      Pattern.compile(
          "(?:^|.*\\.)(?:lora_\\w+|lokr_\\w+|hada_\\w+|ia3_\\w+|b?oft_\\w+|vera_\\w+|vblora_\\w+"
              + "|randlora_\\w+|fourierft_\\w+|shira_\\w+|hra_u|base_layer|modules_to_save)"
              + "(?:\\..*|$)");

  /** Prompts that were learned, which stand before the text and in no weight. */
  private static final Pattern PROMPT =
      Pattern.compile(
          "(?:^|.*\\.)(?:prompt_encoder|prompt_embeddings|prompt_tokens|adaption_prompt)(?:\\..*|$)");

  /** What PyTorch's utilities keep in place of a weight, or beside it, while a model is trained. */
  private static final Pattern PRUNED = Pattern.compile(".*\\.(\\w+)_(?:orig|mask)");

  private static final Pattern PARAMETRIZED =
      Pattern.compile(".*\\.parametrizations\\.(\\w+)\\..*");

  /** How an adapter becomes a part of the weights. */
  static final String MERGE =
      "merge it into the weights first: 'fovea convert MODEL --lora ADAPTER --out DIR' does that with"
          + " a LoRA; or in Python: PeftModel.from_pretrained(model, adapter).merge_and_unload()"
          + ".save_pretrained(folder)";

  public TensorNames {
    notes = List.copyOf(notes);
  }

  /**
   * Names for the tensors of one checkpoint.
   *
   * @param where the checkpoint, for messages
   * @param stored names as its files have them, of all its tensors
   * @throws ModelLoadException where they are an adapter's, or parts that a weight is yet to be
   *     computed from, or two become one
   */
  public static TensorNames of(Path where, Collection<String> stored) {
    refuseUnmerged(where, stored);
    Set<String> marks = new TreeSet<>();
    Map<String, String> plain = new LinkedHashMap<>();
    stored.forEach(name -> plain.put(name, withoutMarks(name, marks)));
    String prefix = prefix(where, plain.values());
    Map<String, String> published = new LinkedHashMap<>();
    Map<String, String> storedAs = new LinkedHashMap<>();
    plain.forEach(
        (name, unmarked) -> {
          String to = unmarked.startsWith(prefix) ? unmarked.substring(prefix.length()) : unmarked;
          String before = storedAs.put(to, name);
          if (before != null) {
            throw new ModelLoadException(
                where,
                name,
                "and '" + before + "' are both '" + to + "'",
                "keep the tensors of one model only");
          }
          published.put(name, to);
        });
    List<String> notes = new ArrayList<>();
    marks.forEach(mark -> notes.add("'" + mark + "' is left out of the tensors' names"));
    if (!prefix.isEmpty()) {
      notes.add("the tensors' names begin with '" + prefix + "', which is left out");
    }
    return new TensorNames(published, notes);
  }

  /** Refuses tensors that change weights without being them; the first in alphabetical order. */
  private static void refuseUnmerged(Path where, Collection<String> stored) {
    for (String name : new TreeSet<>(stored)) {
      if (ADAPTER.matcher(name).matches()) {
        throw new ModelLoadException(
            where, name, "is of a PEFT adapter (LoRA or the like), not of a model", MERGE);
      }
      if (PROMPT.matcher(name).matches()) {
        throw new ModelLoadException(
            where,
            name,
            "is of a PEFT adapter that learns a prompt, which no weight can take up",
            "take the model without the adapter");
      }
      Matcher pruned = PRUNED.matcher(name);
      if (pruned.matches()) {
        throw new ModelLoadException(
            where,
            name,
            "is of torch.nn.utils.prune: the weight is the original times a mask",
            "make it plain in Python before saving: torch.nn.utils.prune.remove(module, '"
                + pruned.group(1)
                + "')");
      }
      Matcher parametrized = PARAMETRIZED.matcher(name);
      if (parametrized.matches()) {
        throw new ModelLoadException(
            where,
            name,
            "is of torch.nn.utils.parametrize: the weight is computed from it",
            "make it plain in Python before saving:"
                + " torch.nn.utils.parametrize.remove_parametrizations(module, '"
                + parametrized.group(1)
                + "')");
      }
    }
  }

  private static String withoutMarks(String name, Set<String> marks) {
    Matcher matcher = INNER.matcher(name);
    StringBuilder plain = new StringBuilder();
    while (matcher.find()) {
      marks.add(matcher.group());
      matcher.appendReplacement(plain, "");
    }
    return matcher.appendTail(plain).toString();
  }

  /** What stands before the names of a whole model; empty if some model has none. */
  private static String prefix(Path where, Collection<String> names) {
    Set<String> found = new TreeSet<>();
    for (String anchor : ANCHORS) {
      for (String name : names) {
        if (name.equals(anchor)) {
          return "";
        }
        if (name.endsWith(anchor)) {
          String prefix = name.substring(0, name.length() - anchor.length());
          if (PREFIX.matcher(prefix).matches()) {
            found.add(prefix);
          }
        }
      }
    }
    if (found.size() > 1) {
      throw new ModelLoadException(
          where,
          ANCHORS.get(0),
          "is there under each of the prefixes " + found,
          "keep the tensors of one model only");
    }
    return found.isEmpty() ? "" : found.iterator().next();
  }
}
